package dev.cove.api;

import dev.cove.core.CoveException;
import dev.cove.core.Durations;
import dev.cove.core.Forked;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Printable;
import dev.cove.core.SshKey;
import dev.cove.core.control.NewVm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Reads what callers want VMs to be.
final class Wishes {
    private static final Duration SHORTEST_SLEEP_AFTER = Duration.ofSeconds(5);
    private static final Duration LONGEST_SLEEP_AFTER = Duration.ofDays(365);

    private Wishes() {}

    /// A new VM, and whose snapshot it is made of, if it is made of one.
    record Creation(NewVm vm, Optional<Source> from) {}

    /// A snapshot, as `VM/SNAPSHOT` names it.
    record Source(String vm, Name snapshot) {
        static Source parse(String text) {
            var slash = text.indexOf('/');
            if (slash < 1 || slash == text.length() - 1) {
                throw CoveException.invalid(
                        "from has to be VM/SNAPSHOT, not \"" + Printable.of(text, 80) + "\"");
            }
            return new Source(text.substring(0, slash), new Name(text.substring(slash + 1)));
        }
    }

    static Creation creation(Call call) throws Exception {
        var fields =
                Fields.strict(
                        call.body(),
                        "name",
                        "image",
                        "cpus",
                        "memory",
                        "disk",
                        "vmm",
                        "ssh_keys",
                        "labels",
                        "start",
                        "cold",
                        "sleep_after",
                        "from");
        var from = fields.text("from").map(Source::parse);
        if (from.isPresent()
                && (fields.text("image").isPresent() || fields.text("vmm").isPresent())) {
            throw CoveException.invalid(
                    "a VM that is made of a snapshot has its image and VMM; leave out image and"
                            + " vmm");
        }
        return new Creation(
                new NewVm(
                        fields.text("name").map(Name::new),
                        fields.text("image").map(Name::new),
                        fields.whole("cpus"),
                        fields.size("memory"),
                        fields.size("disk"),
                        fields.text("vmm").filter(v -> !v.equals("auto")),
                        keys(fields),
                        labels(fields),
                        fields.flag("start").orElse(true),
                        fields.flag("cold").orElse(false),
                        fields.text("sleep_after").flatMap(Wishes::sleepAfter)),
                from);
    }

    /// Copies of a running VM: one of that name, or NAME-1 to NAME-COUNT.
    static List<NewVm> forks(Call call) throws Exception {
        var fields =
                Fields.strict(call.body(), "name", "count", "ssh_keys", "labels", "sleep_after");
        var count = fields.whole("count");
        if (count.isPresent() && (count.get() < 1 || count.get() > Forked.MOST)) {
            throw CoveException.invalid(
                    "count has to be between 1 and " + Forked.MOST + ", not " + count.get());
        }
        var name = fields.text("name");
        var names =
                count.isEmpty()
                        ? List.of(name.map(Name::new))
                        : IntStream.rangeClosed(1, count.get())
                                .mapToObj(n -> name.map(text -> new Name(text + "-" + n)))
                                .toList();
        var keys = keys(fields);
        var labels = labels(fields);
        var sleepAfter = fields.text("sleep_after").flatMap(Wishes::sleepAfter);
        var forks = new ArrayList<NewVm>();
        names.forEach(n -> forks.add(fork(n, keys, labels, sleepAfter)));
        return forks;
    }

    private static NewVm fork(
            Optional<Name> name, List<SshKey> keys, Labels labels, Optional<Duration> sleepAfter) {
        return new NewVm(
                name,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                keys,
                labels,
                true,
                false,
                sleepAfter);
    }

    /// What a template is to be like.
    static NewVm template(Call call) throws Exception {
        var fields = Fields.strict(call.body(), "image", "cpus", "memory", "vmm");
        return new NewVm(
                Optional.empty(),
                fields.text("image").map(Name::new),
                fields.whole("cpus"),
                fields.size("memory"),
                Optional.empty(),
                fields.text("vmm").filter(v -> !v.equals("auto")),
                List.of(),
                Labels.NONE,
                true,
                false,
                Optional.empty());
    }

    /// A duration, or `never`.
    static Optional<Duration> sleepAfter(String text) {
        if (text.equals("never")) {
            return Optional.empty();
        }
        var idle = Durations.parse(text);
        if (idle.compareTo(SHORTEST_SLEEP_AFTER) < 0 || idle.compareTo(LONGEST_SLEEP_AFTER) > 0) {
            throw CoveException.invalid(
                    "sleep_after has to be between "
                            + Durations.text(SHORTEST_SLEEP_AFTER)
                            + " and "
                            + Durations.text(LONGEST_SLEEP_AFTER)
                            + ", or never; not \""
                            + Printable.of(text, 40)
                            + "\"");
        }
        return Optional.of(idle);
    }

    private static List<SshKey> keys(Fields fields) {
        return fields.texts("ssh_keys").stream().map(SshKey::parse).toList();
    }

    private static Labels labels(Fields fields) {
        return fields.pairs("labels").map(Labels::new).orElse(Labels.NONE);
    }
}
