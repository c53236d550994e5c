export type paths = any;
export interface components { schemas: Record<string, any> }
