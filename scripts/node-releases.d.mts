/** The supported releases of Node, the oldest first. CI covers each. */
export declare const nodeReleases: readonly string[];
