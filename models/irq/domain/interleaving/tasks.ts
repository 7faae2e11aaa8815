/** The atomic steps there are, and how each is reported. */
import type { ResponseKind } from "../../../../spec/irq/domain/interleaving/vocabulary.js";

export type Task =
  | "lockIrq"
  | "unlockIrq"
  | "lockMatrix"
  | "unlockMatrix"
  | "find"
  | "claim"
  | "record"
  | "setSlot"
  | "clearSlot"
  | "release"
  | "clearOldSlot"
  | "releaseOld"
  | "forget"
  | "mask"
  | "unmask"
  | "writeAddress"
  | "writeData"
  | "writeEntry"
  | "clearEntry"
  | "invalidate"
  | "queue"
  | "want"
  | "disable"
  | "enable"
  | "resend"
  | "register"
  | "unregister"
  | "waitHandler"
  | "waitInFlight"
  | "inspect"
  | "take"
  | "dispatch"
  | "mark"
  | "acknowledge"
  | "start"
  | "end"
  | "close"
  | "finish";

/** The responses that report a task, so that a stranger's report finds its place. */
export const reports: { readonly [T in Task]: readonly ResponseKind[] } = {
  lockIrq: ["locked"],
  unlockIrq: ["unlocked"],
  lockMatrix: ["locked"],
  unlockMatrix: ["unlocked"],
  find: ["found", "nothing"],
  claim: ["claimed"],
  record: ["recorded"],
  setSlot: ["slotSet"],
  clearSlot: ["slotCleared"],
  release: ["released"],
  clearOldSlot: ["slotCleared"],
  releaseOld: ["released"],
  forget: ["forgot"],
  mask: ["masked"],
  unmask: ["unmasked"],
  writeAddress: ["wroteAddress"],
  writeData: ["wroteData"],
  writeEntry: ["wroteEntry"],
  clearEntry: ["clearedEntry"],
  invalidate: ["invalidated"],
  queue: ["queued"],
  want: ["wanted"],
  disable: ["disabled"],
  enable: ["enabled"],
  resend: ["resent"],
  register: ["registered"],
  unregister: ["unregistered"],
  waitHandler: ["handlerIdle"],
  waitInFlight: ["landed"],
  inspect: ["inspected", "nothing"],
  take: ["took"],
  dispatch: ["dispatched", "spurious"],
  mark: ["marked"],
  acknowledge: ["acknowledged"],
  start: ["started"],
  end: ["ended"],
  close: ["closed"],
  finish: ["finished"],
};
