package dev.cove.bench;

import dev.cove.platform.Closer;
import java.util.function.Consumer;

/// A section about copies, which there is once for each family.
interface CopySection extends Section {
    Grounds grounds();

    Family family();

    /// The memory of each VM.
    int mebibytes();

    default Kind kind() {
        return family().with(mebibytes());
    }

    @Override
    default boolean onlyWhenNamed() {
        return family().onlyWhenNamed();
    }

    @Override
    default int usualRuns() {
        return 20;
    }

    /// A daemon that has a template of what is measured, and none that stands by.
    default DaemonProcess daemonWithTemplate(Closer after, Consumer<String> progress)
            throws Exception {
        var daemon = after.own(DaemonProcess.real(grounds(), "--templates-standby", "0"));
        new ImageCache(grounds().images()).give(kind().image(), daemon, progress);
        progress.accept("making a template of " + kind());
        Vms.prepareTemplate(daemon.client(), kind());
        return daemon;
    }
}
