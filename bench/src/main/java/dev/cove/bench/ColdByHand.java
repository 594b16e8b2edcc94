package dev.cove.bench;

import dev.cove.platform.Closer;
import java.time.Duration;

/// The other side of `cold`: somebody starts QEMU by hand and waits until a command has run over
/// SSH. Same kernel and initramfs as Cove's; disk and tap are there before the clock starts.
record ColdByHand(Workshop workshop) implements Side {
    @Override
    public String name() {
        return "plain QEMU";
    }

    @Override
    public Duration once() throws Exception {
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(workshop));
            var begun = System.nanoTime();
            after.own(PlainQemu.boot(berth, new PlainQemu.Memory.Own()));
            berth.awaitCommand();
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}
