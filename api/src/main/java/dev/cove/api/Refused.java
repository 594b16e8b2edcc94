package dev.cove.api;

import dev.cove.core.CoveException.Kind;

/// A request that HTTP has a status of its own for, beyond what a kind tells.
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final Kind kind;

    Refused(int status, Kind kind, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.kind = kind;
    }

    static Refused noToken(String detail) {
        return new Refused(401, Kind.DENIED, detail);
    }

    static Refused tooLarge(String detail) {
        return new Refused(413, Kind.INVALID, detail);
    }

    int status() {
        return status;
    }

    Kind kind() {
        return kind;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
