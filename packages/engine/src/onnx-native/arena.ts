import type { Library } from './library.ts';

/** The memory that sessions compute in, which they have in common while any of them is open. */
export type Arena = {
  /** Before a session is made that shares it. */
  enter(): void;
  /** After such a session was released, or was not made after all. */
  leave(): void;
};

/**
 * An arena of ONNX Runtime keeps the most that it ever needed. Sessions of one program for several shapes never run at once, so each
 * with an arena of its own would keep several times what is used at any moment.
 *
 * With the last session it is given up, and its memory goes back to the system.
 */
export function sharedArena({ registerArena, unregisterArena }: Library): Arena {
  let sessions = 0;
  return {
    enter() {
      if (sessions === 0) registerArena();
      sessions++;
    },
    leave() {
      sessions--;
      if (sessions > 0) return;
      try {
        unregisterArena();
      } catch (error) {
        // Another thread of the process, which counts its own sessions, has given it up already: its sessions keep it for as long as they need it.
        if (!String(error).includes('No allocator')) throw error;
      }
    },
  };
}
