package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.client.PowerChange;
import dev.cove.core.Ipv4;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.port.GuestShell.Guest;
import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What somebody needs who starts the same guest by hand: taken from a VM that Cove has started
/// once. The VM stays, stopped, so that nobody else gets its address.
///
/// @param append the kernel's command line
record Handmade(
        Guest guest,
        Path kernel,
        Path initramfs,
        Path disk,
        String append,
        String mac,
        int mebibytes) {
    static final String NAME = "bench-by-hand";
    private static final Duration WITHIN = Duration.ofMinutes(3);

    /// @param image the image's folder
    /// @param key who is to be let in besides the daemon
    /// @param folder where its files are copied to
    static Handmade make(CoveClient cove, Kind kind, Path image, SshKey key, Path folder)
            throws IOException, InterruptedException {
        var vm = cove.create(kind.cold(NAME, key.toString()), WITHIN);
        Vms.requireRunning(vm);
        var words = commandLine(Vms.process(vm));
        var target = cove.ssh(NAME);
        var guest =
                new Guest(
                        new VmId(vm.id()),
                        Ipv4.parse(vm.address().orElseThrow()),
                        target.user(),
                        SshKey.parse(target.hostKey()));
        cove.change(
                NAME,
                new PowerChange(
                        PowerChange.Verb.STOP,
                        Optional.of(Duration.ofSeconds(20)),
                        false,
                        Duration.ZERO));
        Vms.await(cove, NAME, "stopped", WITHIN);
        // As new as the disk that Cove makes for each VM: this one has been booted.
        var disk = folder.resolve("disk");
        copy(image.resolve("disk.raw"), disk);
        var initramfs = folder.resolve("initramfs");
        copy(Path.of(after(words, "-initrd")), initramfs);
        return new Handmade(
                guest,
                Path.of(after(words, "-kernel")),
                initramfs,
                disk,
                after(words, "-append"),
                between(words, "-device", "mac="),
                kind.mebibytes());
    }

    /// A disk of its own for one start, as Cove's VMs have: sparse, shared blocks where that works.
    static void copy(Path from, Path to) throws InterruptedException {
        var copy =
                Command.of(
                        "cp", "--reflink=auto", "--sparse=always", from.toString(), to.toString());
        copy.within(Duration.ofMinutes(2)).run().orThrow();
    }

    private static List<String> commandLine(long pid) throws IOException {
        var bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
        return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
    }

    private static String after(List<String> words, String option) {
        var at = words.indexOf(option);
        if (at < 0 || at + 1 >= words.size()) {
            throw new IllegalStateException("the VM's QEMU was started without " + option);
        }
        return words.get(at + 1);
    }

    /// The value of `key=` in the first word after an `option` that has one, up to the next comma.
    private static String between(List<String> words, String option, String key) {
        for (var i = 0; i + 1 < words.size(); i++) {
            var word = words.get(i + 1);
            var begin = word.indexOf("," + key);
            if (words.get(i).equals(option) && begin >= 0) {
                var rest = word.substring(begin + 1 + key.length());
                return rest.contains(",") ? rest.substring(0, rest.indexOf(',')) : rest;
            }
        }
        throw new IllegalStateException("the VM's QEMU was started without " + option + " " + key);
    }
}
