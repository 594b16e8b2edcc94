package dev.cove.vmm.qemu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// `/dev/kvm`. Udev gives it to the group `kvm` with mode 0660, and a VMM gets in by that group; on
/// a host without udev it is root's alone.
record KvmDevice(Path path) {
    private static final int OTHERS_MAY = 0006;
    private static final int GROUP_MAY = 0060;

    /// What remains to be said to whoever gives it to a group.
    static final String SHARE =
            "share it with a group (groupadd --force kvm; chgrp kvm /dev/kvm; chmod 0660 /dev/kvm;"
                    + " to keep that, KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\" in"
                    + " /etc/udev/rules.d/60-kvm.rules) and restart the daemon";

    static KvmDevice usual() {
        return new KvmDevice(Path.of("/dev/kvm"));
    }

    boolean exists() {
        return Files.exists(path);
    }

    /// The groups by which somebody may open it who is in no other; none where it is open to all,
    /// or to its owner alone.
    List<Integer> groups() {
        if (!exists()) {
            return List.of();
        }
        var mode = (int) attribute("unix:mode");
        var byGroup = (mode & OTHERS_MAY) != OTHERS_MAY && (mode & GROUP_MAY) == GROUP_MAY;
        return byGroup ? List.of((int) attribute("unix:gid")) : List.of();
    }

    /// `root:kvm 0660`.
    String rights() {
        return String.format(
                Locale.ROOT,
                "%s:%s %04o",
                attribute("posix:owner"),
                attribute("posix:group"),
                (int) attribute("unix:mode") & 07777);
    }

    private Object attribute(String name) {
        try {
            return Files.getAttribute(path, name);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path, e);
        }
    }
}
