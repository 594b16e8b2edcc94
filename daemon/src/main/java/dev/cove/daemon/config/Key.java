package dev.cove.daemon.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Everything that can be set. `network.first-address` is that key of the section `network` in the
/// file, `COVE_NETWORK_FIRST_ADDRESS` in the environment and `--network-first-address` as a flag.
enum Key {
    DATA("data", "/var/lib/cove", "the folder that holds all state"),
    SOCKET_PATH("socket.path", "", "the API's unix socket; beside the data when `data` is set"),
    SOCKET_GROUP("socket.group", "", "the group that may use the socket; empty for root's alone"),
    SOCKET_MODE("socket.mode", "0660", "the socket's mode"),
    LISTEN("listen", "127.0.0.1:7777", "the API's TCP address; \"none\" for no TCP"),
    TLS_CERT("tls.cert", "", "a PEM file with the certificate chain of the TCP address"),
    TLS_KEY("tls.key", "", "a PEM file with its private key"),
    NETWORK_BRIDGE("network.bridge", "vmmbr0", "the bridge that VMs hang on"),
    NETWORK_SUBNET("network.subnet", "10.100.0.1/16", "the bridge's own address and its network"),
    NETWORK_FIRST_ADDRESS("network.first-address", "", "the first VM's; 10 after the network's"),
    NETWORK_CLOSED("network.closed", "", "further addresses that no VM may reach"),
    NETWORK_ALLOW_HOST_PORTS(
            "network.allow-host-ports",
            "",
            "the host's ports that VMs may reach at the bridge's own address: 3142,53/udp"),
    NETWORK_ALLOW_BETWEEN_OWNERS(
            "network.allow-between-owners", "false", "whether owners' VMs may reach each other"),
    IMAGES_MIRROR("images.mirror", "", "a mirror of Debian's archive; the host's own if empty"),
    POOL_SIZE("pool.size", "auto", "how far the pool of disks may grow"),
    QEMU_PROGRAM("qemu.program", "qemu-system-x86_64", "QEMU's program, a name or a path"),
    QEMU_TRANSLATED("qemu.translated", "256M", "what an emulated VM's translated code may take"),
    DEFAULTS_IMAGE("defaults.image", "debian", "the image of a VM that names none"),
    DEFAULTS_CPUS("defaults.cpus", "1", "its processors"),
    DEFAULTS_MEMORY("defaults.memory", "512M", "its memory"),
    DEFAULTS_DISK("defaults.disk", "4G", "its disk"),
    DEFAULTS_GRACE("defaults.grace", "10s", "how long a VM may take to shut down"),
    TEMPLATES_MAKE(
            "templates.make", "auto", "auto makes them of what is created; manual, when told"),
    TEMPLATES_STANDBY("templates.standby", "auto", "VMs that stand by for each template in use"),
    TEMPLATES_MEMORY("templates.memory", "auto", "what all that stand by may take"),
    TEMPLATES_DISK("templates.disk", "auto", "what all templates may take of the pool"),
    LIMITS_VMS("limits.vms", "1000", "how many VMs there may be"),
    LIMITS_STARTING("limits.starting", "auto", "VMs that get ready at once; more wait their turn"),
    LOG_LEVEL("log.level", "info", "error, warn, info, debug or trace"),
    LOG_FORMAT("log.format", "plain", "plain or json");

    private final String path;
    private final String usual;
    private final String meaning;

    Key(String path, String usual, String meaning) {
        this.path = path;
        this.usual = usual;
        this.meaning = meaning;
    }

    String path() {
        return path;
    }

    /// The default as somebody would write it; empty when there is none, or it follows from others.
    String usual() {
        return usual;
    }

    String meaning() {
        return meaning;
    }

    String variable() {
        return "COVE_" + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    String flag() {
        return "--" + path.replace('.', '-');
    }

    static List<String> paths() {
        return Arrays.stream(values()).map(Key::path).toList();
    }

    static Optional<Key> ofPath(String path) {
        return Arrays.stream(values()).filter(k -> k.path.equals(path)).findFirst();
    }

    static Optional<Key> ofVariable(String variable) {
        return Arrays.stream(values()).filter(k -> k.variable().equals(variable)).findFirst();
    }

    static Optional<Key> ofFlag(String flag) {
        return Arrays.stream(values()).filter(k -> k.flag().equals(flag)).findFirst();
    }

    /// Whether the file may have it as a list, too.
    boolean isList() {
        return this == NETWORK_CLOSED || this == NETWORK_ALLOW_HOST_PORTS;
    }

    /// Whether some key stands in a section of that path.
    static boolean isSection(String path) {
        return Arrays.stream(values()).anyMatch(k -> k.path.startsWith(path + "."));
    }
}
