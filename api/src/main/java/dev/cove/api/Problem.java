package dev.cove.api;

/// An error as a caller gets it (RFC 9457).
///
/// @param kind one of `CoveException.Kind`
record Problem(String type, String title, int status, String detail, String kind) {}
