/** The supported releases of Node, the oldest first. CI covers each. */
export const nodeReleases = ['20', '22', '24', '26'];
