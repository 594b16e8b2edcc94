package dev.cove.tar;

import java.io.IOException;

/// An archive that is none, or has what is not read here. The message is about `the archive`.
public final class TarException extends IOException {
    private static final long serialVersionUID = 1L;

    TarException(String message) {
        super(message);
    }
}
