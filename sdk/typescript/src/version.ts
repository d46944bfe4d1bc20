/** The version of the API that this package speaks. */
export const API_VERSION = "2025-01-06";
