package dev.cove.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// All verbs by name, with the line that the overview says about each. Nothing of a verb is loaded
/// until it is asked for.
final class Verbs {
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// @param aliases other names for it
    /// @param verb makes it; empty for a group
    /// @param group what is in it, for a group such as `image`
    record Entry(
            String name,
            List<String> aliases,
            String summary,
            Optional<Supplier<Verb>> verb,
            Optional<Supplier<Verbs>> group,
            boolean hidden) {}

    static Verbs all() {
        return new Verbs()
                .add("create", "make a VM and wait until it can be used", Create::new)
                .add("ls", "list VMs", ListVms::new, "list", "ps")
                .add("inspect", "show all that is known of VMs, as JSON", Inspect::new)
                .add("ssh", "log in with the system's ssh, or run a command", Ssh::new)
                .add("exec", "run a command in a VM", Exec::new, "shell")
                .add("cp", "copy files and folders in and out", Copy::new)
                .add("logs", "show what a VM wrote to its console", Logs::new)
                .add("console", "use a VM's serial console", Console::new)
                .add("start", "start VMs", Power::start)
                .add("stop", "shut VMs down", Power::stop)
                .add("restart", "shut VMs down and start them", Power::restart)
                .add("sleep", "put VMs to sleep, now or when nobody uses them", Sleep::new)
                .add("wake", "let VMs that sleep go on", Power::wake)
                .add("fork", "copy a running VM, as often as wanted", Fork::new)
                .group("snapshot", "keep what VMs are, and go back to it", Verbs::snapshot)
                .add("resize", "give VMs other CPUs, memory or a larger disk", Resize::new)
                .add("export", "write a VM into a file", Export::new)
                .add("import", "make a VM of such a file", Import::new)
                .add("destroy", "destroy VMs and their disks", Destroy::new, "rm", "delete")
                .add("rename", "give a VM another name", Rename::new)
                .group("template", "what new VMs are forked of", Verbs::template)
                .group("image", "build, import, list and delete images", Verbs::image)
                .group("token", "make, list and take back API tokens", Verbs::token)
                .add("events", "show what happens, as it happens", Events::new)
                .add("doctor", "say what works here, and how to mend what does not", Doctor::new)
                .add("daemon", "run the daemon", Daemon::new)
                .add("version", "print the versions of cove and its daemon", Version::new)
                .add("completion", "print a completion script for a shell", Completion::new)
                .hide("proxy", Proxy::new)
                .hide("__complete", Candidates::new);
    }

    private static Verbs snapshot() {
        return new Verbs()
                .add("create", "take a snapshot of a VM", Snapshots.Create::new)
                .add("ls", "list the snapshots of a VM", Snapshots.List::new, "list")
                .add("restore", "make a VM what it was", Snapshots.Restore::new)
                .add("rm", "delete snapshots", Snapshots.Remove::new, "delete");
    }

    private static Verbs template() {
        return new Verbs()
                .add("ls", "list templates", Templates.List::new, "list")
                .add("prepare", "make a template now", Templates.Prepare::new)
                .add("rm", "delete templates", Templates.Remove::new, "delete");
    }

    private static Verbs image() {
        return new Verbs()
                .add("build", "build an image from Debian packages", Images.Build::new)
                .add("import", "make an image of a disk or a tarball", Images.Import::new)
                .add("cancel", "end the making of images", Images.Cancel::new)
                .add("ls", "list images", Images.List::new, "list")
                .add("rm", "delete images", Images.Remove::new, "delete");
    }

    private static Verbs token() {
        return new Verbs()
                .add("create", "make a token; it is shown this once", Tokens.Create::new)
                .add("ls", "list tokens", Tokens.List::new, "list")
                .add("rm", "take tokens back", Tokens.Remove::new, "delete");
    }

    private Verbs add(String name, String summary, Supplier<Verb> verb, String... aliases) {
        var names = List.of(aliases);
        entries.put(
                name, new Entry(name, names, summary, Optional.of(verb), Optional.empty(), false));
        return this;
    }

    private Verbs group(String name, String summary, Supplier<Verbs> members) {
        entries.put(
                name,
                new Entry(name, List.of(), summary, Optional.empty(), Optional.of(members), false));
        return this;
    }

    private Verbs hide(String name, Supplier<Verb> verb) {
        entries.put(
                name, new Entry(name, List.of(), "", Optional.of(verb), Optional.empty(), true));
        return this;
    }

    Optional<Entry> find(String word) {
        var entry = entries.get(word);
        if (entry != null) {
            return Optional.of(entry);
        }
        for (var other : entries.values()) {
            if (other.aliases().contains(word)) {
                return Optional.of(other);
            }
        }
        return Optional.empty();
    }

    /// Those that help speaks of, in its order.
    List<Entry> shown() {
        return entries.values().stream().filter(e -> !e.hidden()).toList();
    }

    /// As `ls, prepare, rm`.
    String names() {
        return String.join(", ", shown().stream().map(Entry::name).toList());
    }

    /// Every word that `find` knows and help speaks of.
    List<String> words() {
        var words = new ArrayList<String>();
        for (var entry : shown()) {
            words.add(entry.name());
            words.addAll(entry.aliases());
        }
        return words;
    }
}
