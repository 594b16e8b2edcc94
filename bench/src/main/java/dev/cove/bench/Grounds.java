package dev.cove.bench;

import java.nio.file.Path;

/// Where a run takes place: in a network, mount and process namespace of its own (`bench/run`).
///
/// @param checkout the root of this repository, built
/// @param scratch an empty folder; its path is short, since sockets lie below it
/// @param images where built images are kept from one run to the next, each in its folder
record Grounds(Path checkout, Path scratch, Path images) {
    Path cove() {
        return checkout.resolve("cove");
    }
}
