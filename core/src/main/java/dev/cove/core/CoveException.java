package dev.cove.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What went wrong in a way that no caller branches on: a kind, and one sentence that names the
/// object, the value and what to do next. One table maps a kind to its HTTP status and exit code.
public final class CoveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// What sort of failure it is.
    public enum Kind {
        /// The thing that was named does not exist, or is not the caller's to see.
        NOT_FOUND,
        /// It contradicts what is there: a name that is taken, a VM in another state.
        CONFLICT,
        /// The request itself is wrong.
        INVALID,
        /// Too much at once; the same request may do later.
        BUSY,
        /// The caller may not.
        DENIED,
        /// Something that is needed does not answer, or has no room.
        UNAVAILABLE,
        /// A fault of Cove's own.
        INTERNAL
    }

    private final Kind kind;

    public CoveException(Kind kind, String message, @Nullable Throwable cause) {
        super(Objects.requireNonNull(message, "message is null"), cause);
        this.kind = Objects.requireNonNull(kind, "kind is null");
    }

    public CoveException(Kind kind, String message) {
        this(kind, message, null);
    }

    public Kind kind() {
        return kind;
    }

    /// The message, which is never absent.
    public String sentence() {
        return Objects.requireNonNull(getMessage());
    }

    public static CoveException notFound(String message) {
        return new CoveException(Kind.NOT_FOUND, message);
    }

    public static CoveException conflict(String message) {
        return new CoveException(Kind.CONFLICT, message);
    }

    public static CoveException invalid(String message) {
        return new CoveException(Kind.INVALID, message);
    }

    public static CoveException busy(String message) {
        return new CoveException(Kind.BUSY, message);
    }

    public static CoveException denied(String message) {
        return new CoveException(Kind.DENIED, message);
    }

    public static CoveException unavailable(String message) {
        return new CoveException(Kind.UNAVAILABLE, message);
    }

    public static CoveException unavailable(String message, Throwable cause) {
        return new CoveException(Kind.UNAVAILABLE, message, cause);
    }

    public static CoveException internal(String message, Throwable cause) {
        return new CoveException(Kind.INTERNAL, message, cause);
    }
}
