package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.core.port.GuestShell;
import dev.cove.doors.SshGuestShell;
import dev.cove.platform.Closer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Cold create to first SSH command, from the API request to the record that says `running`,
/// against the same guest started in another way.
///
/// @param rival the other way
/// @param atMost how many times as long as that Cove may take
record Cold(
        Grounds grounds,
        String name,
        String about,
        boolean onlyWhenNamed,
        Rival rival,
        double atMost)
        implements Section {
    private static final String NAME = "bench-cold";
    private static final Duration WITHIN = Duration.ofMinutes(2);

    static Cold besidePlainQemu(Grounds grounds) {
        return new Cold(
                grounds,
                "cold",
                "cold create to first SSH command, beside a plain QEMU started by hand",
                false,
                (template, shell, folder, _) -> new PlainQemu(template, shell, folder),
                1.25);
    }

    static Cold besideLibvirt(Grounds grounds) {
        return new Cold(
                grounds,
                "virsh",
                "cold create to first SSH command, beside virsh create; installs libvirt",
                true,
                (template, shell, folder, after) ->
                        after.own(Libvirt.start(template, shell, folder)),
                1.0);
    }

    /// Makes the other side.
    @FunctionalInterface
    interface Rival {
        /// @param after closes what it needs
        Side of(Template template, GuestShell shell, Path folder, Closer after) throws Exception;
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.real(grounds));
            var image = new ImageCache(grounds.images()).give(Template.IMAGE, daemon, progress);
            var cove = daemon.client();
            // On the file system that Cove's disks are on.
            var folder = Files.createDirectory(daemon.data().resolve("pool/by-hand"));
            var shell =
                    after.own(
                            SshGuestShell.withKeyIn(folder.resolve("ssh_key"), new SecureRandom()));
            after.onClose(() -> cove.destroy(Template.NAME, true, WITHIN));
            progress.accept("preparing " + Template.IMAGE + " for a start without Cove");
            var template = Template.make(cove, image, shell.key(), folder);
            var steps = new Steps();
            var ours = Side.of("cove create", () -> create(cove, steps));
            var theirs = rival.of(template, shell, folder, after);
            var taken = turns.of(List.of(ours, theirs), progress);
            steps.tell(progress);
            return List.of(
                    new Figure.Ratio(
                            "cold create to first SSH command, beside " + theirs.name(),
                            taken.getFirst(),
                            taken.getLast(),
                            atMost));
        }
    }

    private static Duration create(CoveClient cove, Steps steps) {
        try (var after = new Closer()) {
            after.onClose(() -> cove.destroy(NAME, true, WITHIN));
            var begun = System.nanoTime();
            var vm = cove.create(Template.creation(NAME), WITHIN);
            var took = Duration.ofNanos(System.nanoTime() - begun);
            steps.note(vm);
            return took;
        }
    }
}
