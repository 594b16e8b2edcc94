package dev.cove.vmm.qemu;

import dev.cove.core.port.Vmm.Launch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// QEMU's arguments for one machine. Pure: same launch and facts, same words.
final class QemuCommandLine {
    /// Memory that the process was given as its standard input.
    private static final String GIVEN = "/proc/self/fd/0";

    /// The devices that a guest has by these words: one more each time that they change, so that no
    /// guest is resumed among others than it knows.
    static final int DEVICES = 3;

    /// What the monitor calls the disk.
    static final String DISK = "disk";

    private final Launch launch;
    private final Facts facts;
    private final Origin origin;
    private final VmFolder folder;
    private final List<String> words = new ArrayList<>();

    private QemuCommandLine(Launch launch, Facts facts, Origin origin) {
        this.launch = launch;
        this.facts = facts;
        this.origin = origin;
        this.folder = new VmFolder(launch.folder());
    }

    static List<String> of(Launch launch, Facts facts, Origin origin) {
        var line = new QemuCommandLine(launch, facts, origin);
        line.machine();
        line.beginning();
        line.channels();
        line.devices();
        line.sandbox();
        return List.copyOf(line.words);
    }

    private void machine() {
        add("-name", "guest=" + launch.id());
        // A guest that turns itself off stays to be looked at until Cove has seen it.
        add("-nodefaults", "-no-user-config", "-display", "none", "-no-shutdown");
        add("-machine", board() + ",memory-backend=ram");
        add("-accel", accelerator());
        add("-cpu", facts.processor());
        add("-smp", String.valueOf(launch.cpus()));
        var size = launch.memory().toMebibytes() + "M";
        add("-m", size);
        // Never merged with other guests' pages: that is a side channel.
        add("-object", memory() + ",id=ram,size=" + size + ",merge=off");
    }

    private String memory() {
        return switch (origin) {
            case BOOT, STREAM -> "memory-backend-ram";
            case TEMPLATE -> "memory-backend-file,share=on,mem-path=" + GIVEN;
            case FORK -> "memory-backend-file,share=off,mem-path=" + GIVEN;
        };
    }

    private String board() {
        return switch (facts.board()) {
            // The kernel finds the devices in ACPI tables; Debian's cannot read them from its line.
            // On such a board it takes the old interrupt controller for absent and leaves it as it
            // is: open, with exceptions for interrupts. A power button that is pressed would be a
            // debug exception for whatever runs in the guest, which ends it.
            case MICROVM ->
                    "microvm,acpi=on,pcie=off,usb=off,rtc=on,pic=off,auto-kernel-cmdline=off"
                            + timer();
            case Q35 -> "q35,usb=off,smm=off,vmport=off,hpet=off";
        };
    }

    /// A guest that knows its counter's rate has no use for the PIT. Its kernel never stops it, for
    /// on hardware-reduced ACPI it takes it for absent, and QEMU wakes 36 times a second to count
    /// it.
    private String timer() {
        return toldRate().isPresent() ? ",pit=off" : "";
    }

    /// The counter's rate that a guest is told; one that is not translated finds it by itself.
    private OptionalLong toldRate() {
        return facts.isTranslated() ? facts.tscKilohertz() : OptionalLong.empty();
    }

    private String accelerator() {
        return switch (facts.accelerator()) {
            case KVM -> "kvm";
            case TCG -> "tcg,thread=multi,tb-size=" + facts.translated().toMebibytes();
            case HVF -> "hvf";
            case NONE -> throw new IllegalArgumentException("QEMU needs an accelerator");
        };
    }

    private void beginning() {
        if (origin.isResumed()) {
            arrival();
        } else {
            kernel();
        }
    }

    private void kernel() {
        add("-kernel", launch.boot().kernel().toString());
        add("-initrd", launch.boot().initramfs().toString());
        add("-append", (kernelArguments() + " " + launch.boot().arguments()).strip());
    }

    /// It waits for what it was, and then for `cont`. The kernel is in its memory and nowhere else,
    /// so it cannot boot again by itself.
    private void arrival() {
        add("-S", "-incoming", "defer", "-action", "reboot=shutdown");
    }

    private String kernelArguments() {
        var arguments = new StringBuilder("console=ttyS0 reboot=t panic=10");
        // Otherwise a guest at rest wakes twice a second to see whether its memory is worth tidying
        // ahead of need; when there is need, it tidies all the same (the kernel's sysctl/vm.rst).
        arguments.append(" sysctl.vm.compaction_proactiveness=0");
        // Without a rate the guest's kernel calibrates its clock against an emulated timer, and on
        // a busy host that fails and the boot hangs. Emulated RDTSC counts the host's counter.
        toldRate()
                .ifPresent(rate ->
                        arguments
                                .append(" tsc=reliable no_timer_check tsc_early_khz=")
                                .append(rate));
        // Each process at other addresses is each process translated again (docs/adr/0010).
        if (facts.retranslates()) {
            arguments.append(" norandmaps");
        }
        return arguments.toString();
    }

    private void channels() {
        add("-chardev", monitor(folder));
        add("-mon", "chardev=qmp,mode=control");
        var log = ",logfile=" + escaped(folder.consoleLog()) + ",logappend=on";
        add("-chardev", socket("console", folder.consoleSocket()) + log);
        add("-serial", "chardev:console");
        add("-chardev", socket("guest", folder.guestSocket()));
        add("-device", facts.board().virtio("serial") + ",max_ports=2");
        add("-device", "virtserialport,chardev=guest,name=dev.cove.guest");
    }

    private void devices() {
        // Else what the host has read of the disk is forgotten whenever the guest is saved, in case
        // another host has written to it meanwhile.
        add(
                "-blockdev",
                "driver=file,node-name=file,locking=on,drop-cache=off,discard=unmap,filename="
                        + escaped(launch.disk()));
        add("-blockdev", "driver=raw,discard=unmap,file=file,node-name=" + DISK);
        add("-device", facts.board().virtio("blk") + ",drive=" + DISK);
        var device = launch.tap().device();
        add("-netdev", "tap,id=net,ifname=" + device + ",script=no,downscript=no,vhost=off");
        // Without its ROM: nothing here starts from the network.
        var rom = facts.board() == Board.Q35 ? ",romfile=" : "";
        // A guest that is resumed is not to tell the network where it is before it knows who it is.
        var nic = facts.board().virtio("net") + ",netdev=net,guest_announce=off,mac=";
        add("-device", nic + launch.tap().mac() + rom);
    }

    private void sandbox() {
        add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    }

    private void add(String... more) {
        words.addAll(List.of(more));
    }

    /// The word by which a process is known as this folder's machine.
    static String monitor(VmFolder folder) {
        return socket("qmp", folder.monitorSocket());
    }

    private static String socket(String id, Path path) {
        return "socket,id=" + id + ",path=" + escaped(path) + ",server=on,wait=off";
    }

    /// In QEMU's options a comma ends a value unless it is doubled.
    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }
}
