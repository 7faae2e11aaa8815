export const checkCommand = async (..._a: unknown[]): Promise<never> => { throw new Error("x"); };
export const replayCommand = async (..._a: unknown[]): Promise<never> => { throw new Error("x"); };
