package dev.cove.core.control;

import dev.cove.core.CoveException;
import dev.cove.core.Finding;
import dev.cove.core.VmId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Takes away what belongs to no record: what a crash left between an act and its note, or a note
/// and its act. Runs before any actor does.
final class Sweeper {
    private final Outside outside;
    private final VmBook book;
    private final Leases leases;
    private final List<Finding> findings = new ArrayList<>();

    Sweeper(Outside outside, VmBook book, Leases leases) {
        this.outside = outside;
        this.book = book;
        this.leases = leases;
    }

    void sweep() {
        var known = known();
        book.damaged()
                .forEach(id ->
                        findings.add(
                                Finding.problem(
                                        "record of " + id,
                                        "it cannot be read; the VM is left as it is",
                                        "restore state.db from its backup, or delete the VM's"
                                                + " folder and disk by hand")));
        if (book.lastBoot().isEmpty() && somethingIsHere()) {
            findings.add(
                    Finding.problem(
                            "data folder",
                            "it has VMs in it, and its state.db knows none; nothing was swept",
                            "put the state.db back that belongs to this data folder"));
            return;
        }
        for (var vmm : outside.vmms()) {
            each(vmm.running(), known, vmm::sweep, "machine");
        }
        each(outside.network().attached(), known, outside.network()::detach, "tap");
        each(outside.disks().present(), known, outside.disks()::delete, "disk");
        each(outside.host().folders(), known, outside.host()::deleteFolder, "folder");
        outside.snapshots().sweep();
        outside.snapshots().all().stream()
                .filter(s -> s.of().filter(of -> !known.contains(of)).isPresent())
                .forEach(s -> outside.drop(s.id()));
        leases.releaseAllBut(known);
    }

    /// What was left alone or ended, and why.
    List<Finding> findings() {
        return List.copyOf(findings);
    }

    /// Adopts a VM's machine. One that cannot be adopted keeps nobody from the others.
    void adopt(VmId id, Consumer<VmId> adopting) {
        try {
            adopting.accept(id);
        } catch (RuntimeException e) {
            findings.add(
                    Finding.note(
                            "machine of " + id,
                            "it could not be taken over and was ended: " + words(e),
                            "start the VM again"));
        }
    }

    /// Ends the machines of known VMs that could not be adopted: started by a daemon that crashed
    /// before it could note so, or deaf to this one.
    void sweepUnadopted(Predicate<VmId> adopted) {
        for (var vmm : outside.vmms()) {
            vmm.running().stream()
                    .filter(id -> !adopted.test(id) && !book.damaged().contains(id))
                    .forEach(id -> removeOne(id, vmm::sweep, "machine"));
        }
    }

    private Set<VmId> known() {
        var known = new HashSet<VmId>(book.damaged());
        book.all().forEach(vm -> known.add(vm.id()));
        return known;
    }

    private boolean somethingIsHere() {
        return !outside.disks().present().isEmpty() || !outside.host().folders().isEmpty();
    }

    private void each(Set<VmId> found, Set<VmId> known, Consumer<VmId> remove, String what) {
        for (var id : found) {
            if (!known.contains(id)) {
                removeOne(id, remove, what);
            }
        }
    }

    private void removeOne(VmId id, Consumer<VmId> remove, String what) {
        try {
            remove.accept(id);
        } catch (RuntimeException e) {
            findings.add(
                    Finding.problem(
                            "leftover " + what + " of " + id,
                            words(e),
                            "remove what holds it, then restart the daemon"));
        }
    }

    private static String words(RuntimeException e) {
        return e instanceof CoveException c ? c.sentence() : e.toString();
    }
}
