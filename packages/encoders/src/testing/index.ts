export { describeEncoderLaws } from './encoder-laws.ts';
