/** Printed in every report and trace. */
export const TOOL = "redbear-spec 0.1.0";
