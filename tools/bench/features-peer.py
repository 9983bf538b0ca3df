"""Features of texts, sounds and images by their usual Python libraries, one thread: called by features.ts. Prints one line of JSON."""
import io
import json
import os
import sys
import time

for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
settings = json.loads(sys.argv[1])
found = {}


def timed(run):
    run()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[2]


def measure(name, work):
    try:
        found[name] = work()
    except ImportError as error:
        found[name] = f"skipped: {error}"


def word_piece():
    import tokenizers

    texts = [json.loads(line)["text"] for line in open(settings["texts"], encoding="utf8")]
    tokenizer = tokenizers.Tokenizer.from_file(settings["tokenizer"])
    size = sum(len(text.encode()) for text in texts) / 1e6
    rounds = settings["rounds"]

    def run():
        for _ in range(rounds):
            for text in texts:
                tokenizer.encode(text)

    return {"value": rounds * size / timed(run), "of": f"tokenizers {tokenizers.__version__}"}


def log_mel():
    import librosa
    import numpy

    sound = numpy.fromfile(settings["sound"], dtype=numpy.float32)

    def run():
        power = librosa.feature.melspectrogram(y=sound, sr=16000, n_fft=400, hop_length=160, n_mels=80)
        numpy.log10(numpy.maximum(power, 1e-10))

    return {"value": len(sound) / 16000 / timed(run), "of": f"librosa {librosa.__version__}"}


def images():
    import PIL
    from PIL import Image

    data = open(settings["image"], "rb").read()
    return {"value": 1 / timed(lambda: Image.open(io.BytesIO(data)).convert("RGB").load()), "of": f"Pillow {PIL.__version__}"}


measure("WordPiece", word_piece)
measure("log-mel", log_mel)
measure("JPEG", images)
print(json.dumps(found))
