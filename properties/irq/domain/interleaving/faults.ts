export const faults: never[] = [];
