/**
 * Nothing new begins when less than this is free on the disk that it is for, in bytes: no job, no upload, and the server
 * says that it is not ready. One number, so that what is refused and what is said about it never differ.
 */
export const DISK_FLOOR_BYTES = 500_000_000;
