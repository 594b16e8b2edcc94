package dev.cove.cli;

import dev.cove.client.Json;
import dev.cove.core.Bytes;

/// Sizes as tables show them: about so much.
final class Sizes {
    private Sizes() {}

    static String of(Json size) {
        var bytes = new Bytes(Math.max(0, size.number(0)));
        var mebibytes = bytes.toMebibytes();
        if (mebibytes == 0) {
            return (bytes.count() + 1023) / 1024 + "K";
        }
        return mebibytes < 10_000 ? mebibytes + "M" : mebibytes / 1024 + "G";
    }
}
