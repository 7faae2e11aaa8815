/** A PCI function: configuration space, MSI, MSI-X with its table and PBA, INTx. */
export { type ByteMap, readBytes } from "../registers/bytes.js";
export {
  type ImageWord,
  imageOf,
  power,
  readBar,
  readConfig,
  writeBar,
  writeBar64,
  writeConfig,
} from "./access.js";
export { layoutOf, type MsiPlace, type MsixPlace, type PciLayout, type Window } from "./layout.js";
export { raise, satisfy } from "./signal.js";
export {
  allocatedLog2,
  busMaster,
  entryMasked,
  entryMessage,
  entryPending,
  functionMasked,
  intxPending,
  msiMask,
  msiMessage,
  newFunction,
  type PciFunction,
  type Reaction,
  type Signalling,
  signalling,
} from "./state.js";
