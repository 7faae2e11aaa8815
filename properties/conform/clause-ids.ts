/**
 * The clauses a recorded event can be judged by. The statements are in `spec/irq`; here are the
 * ids, so that a follower names them without a search.
 */
import type { Level } from "../../spec/core/clause.js";

const ids: string[] = [];
const levels: Level[] = [];

const clause = (id: string, level: Level): number => {
  const known = ids.indexOf(id);
  if (known >= 0) return known;
  ids.push(id);
  levels.push(level);
  return ids.length - 1;
};

/** Clause numbers, dense from 0; -1 means "not judged". */
export const C = {
  freeOnOwner: clause("VEC-MATRIX-4", "contract"),
  freeAllocated: clause("VEC-MATRIX-5", "contract"),
  capacity: clause("VEC-MATRIX-7", "contract"),
  choice: clause("VEC-MATRIX-8", "linux"),
  insideMask: clause("VEC-MATRIX-9-L", "linux"),
  reserveManaged: clause("VEC-MATRIX-10", "contract"),
  managedChoice: clause("VEC-MATRIX-13", "linux"),
  managedKept: clause("VEC-MATRIX-14", "contract"),
  reservations: clause("VEC-MATRIX-15", "linux"),
  hotplugKept: clause("VEC-MATRIX-16", "contract"),
  system: clause("VEC-MATRIX-17", "linux"),
  counters: clause("VEC-MATRIX-18", "linux"),
  reservedOnly: clause("VEC-ASSIGN-1", "linux"),
  neutral: clause("VEC-ASSIGN-2", "contract"),
  failureKept: clause("VEC-ASSIGN-3", "contract"),
  stays: clause("VEC-ASSIGN-4", "linux"),
  searchOrder: clause("VEC-ASSIGN-5-L", "linux"),
  managedMask: clause("VEC-ASSIGN-7", "contract"),
  managedUser: clause("VEC-ASSIGN-7-L", "linux"),
  bothOwned: clause("VEC-MOVE-1", "contract"),
  busy: clause("VEC-MOVE-2-L", "linux"),
  cleanup: clause("VEC-MOVE-5", "contract"),
  offlineFreed: clause("VEC-MOVE-6", "contract"),
  twoStep: clause("VEC-MOVE-7", "contract"),
  deferred: clause("VEC-MOVE-8", "linux"),
  stored: clause("VEC-MOVE-9", "linux"),
  unplugRefused: clause("VEC-HOTPLUG-1", "linux"),
  unplugMoved: clause("VEC-HOTPLUG-2", "contract"),
  unplugForced: clause("VEC-HOTPLUG-5", "contract"),
  unplugBroken: clause("VEC-HOTPLUG-6", "contract"),
  managedDown: clause("VEC-HOTPLUG-7", "contract"),
  dispatch: clause("DISP-1", "contract"),
  released: clause("DOM-5", "contract"),
  message: clause("MSI-COMPOSE-1", "contract"),
  messageFormat: clause("MSI-COMPOSE-2", "linux"),
  /** A deactivated device's message is all zero: no format bit, no vector, no destination. */
  zeroMessage: clause("DOM-4", "linux"),
  highAddress: clause("MSI-COMPOSE-6", "contract"),
  apicId: clause("MSI-COMPOSE-7", "contract"),
  remappable: clause("MSI-IR-1", "contract"),
  irte: clause("MSI-IR-2", "contract"),
  irteModes: clause("MSI-IR-3", "linux"),
  sourceId: clause("MSI-IR-5", "linux"),
  irteBlock: clause("MSI-IR-6", "contract"),
  deactivated: clause("MSI-IR-9", "contract"),
  unchangedMessage: clause("MSI-IR-10", "linux"),
  amdEntry: clause("MSI-IR-11", "contract"),
  amdIndex: clause("MSI-IR-13", "linux"),
} as const;

export const clauseIds: readonly string[] = ids;
export const clauseLevels: readonly Level[] = levels;
