package dev.cove.daemon;

import dev.cove.core.Finding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The programs that Cove borrows, besides those that a driver looks for itself.
final class Programs {
    private record Borrowed(String program, String debianPackage, String what) {}

    private static final List<Borrowed> BORROWED =
            List.of(
                    new Borrowed("mmdebstrap", "mmdebstrap", "image build"),
                    new Borrowed("mke2fs", "e2fsprogs", "image build and import"),
                    new Borrowed("qemu-img", "qemu-utils", "image import of qcow2"),
                    new Borrowed(
                            "mkfs.xfs", "xfsprogs", "a pool where the data folder cannot reflink"),
                    new Borrowed("setpriv", "util-linux", "VMMs without privileges"));

    private Programs() {}

    static List<Finding> examine() {
        var findings = new ArrayList<Finding>();
        for (var borrowed : BORROWED) {
            if (!isHere(borrowed.program())) {
                findings.add(
                        Finding.problem(
                                borrowed.program(),
                                "not installed; needed for " + borrowed.what(),
                                "apt-get install --no-install-recommends "
                                        + borrowed.debianPackage()));
            }
        }
        if (findings.isEmpty()) {
            findings.add(Finding.ok("programs", "all " + BORROWED.size() + " are here"));
        }
        return findings;
    }

    private static boolean isHere(String program) {
        var folders = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        for (var folder : folders.split(":", -1)) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }
}
