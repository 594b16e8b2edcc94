package dev.cove.guest;

import dev.cove.core.HostKey;
import dev.cove.core.Ipv4;
import dev.cove.core.Name;
import dev.cove.core.SshKey;
import dev.cove.core.port.Boot.Person;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// The folder that the agent's `apply_identity` reads, as an archive to append to an initramfs.
/// Readable by root alone: it holds the host's secret key.
final class IdentityFiles {
    private static final String FOLDER = "cove/identity";
    private static final int SECRET = 0600;
    private static final String KEY_TYPE = "ssh-ed25519";

    private IdentityFiles() {}

    static byte[] archive(Name name, Person person, boolean grow, List<Ipv4> resolvers) {
        var key = person.identity().hostKey();
        return new Cpio()
                .folder("cove", 0700)
                .folder(FOLDER, 0700)
                .file(FOLDER + "/settings", SECRET, settings(name, person, grow))
                .file(FOLDER + "/hosts", 0644, hosts(name, person))
                .file(FOLDER + "/resolv.conf", 0644, resolvConf(resolvers))
                .file(FOLDER + "/authorized_keys", SECRET, keys(person))
                .file(FOLDER + "/ssh_host_ed25519_key", SECRET, key.openSsh())
                .file(FOLDER + "/ssh_host_ed25519_key.pub", 0644, key.publicKey() + "\n")
                .file(FOLDER + "/dropbear_ed25519_host_key", SECRET, dropbear(key))
                .end();
    }

    /// Shell assignments. Every value is of a type that has no character which a shell minds.
    private static String settings(Name name, Person person, boolean grow) {
        var mask = person.subnet().broadcast().bits() ^ person.subnet().network().bits();
        return """
        hostname=%s
        machine_id=%s
        address=%s
        netmask=%s
        gateway=%s
        grow=%s
        """
                .formatted(
                        name,
                        person.identity().machineId(),
                        person.address(),
                        new Ipv4(~mask),
                        person.subnet().host(),
                        grow ? "yes" : "no");
    }

    private static String hosts(Name name, Person person) {
        return """
        127.0.0.1 localhost
        ::1 localhost ip6-localhost ip6-loopback
        %s %s.internal %s
        """
                .formatted(person.address(), name, name);
    }

    private static String resolvConf(List<Ipv4> resolvers) {
        return resolvers.isEmpty()
                ? "# the host has no name server that its guests can reach\n"
                : resolvers.stream()
                        .map(r -> "nameserver " + r + "\n")
                        .collect(Collectors.joining());
    }

    private static String keys(Person person) {
        return person.keys().stream()
                .map(SshKey::toString)
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /// Dropbear's own form (its `buf_put_ed25519_priv_key`): the type, then one string of secret
    /// and public half.
    static byte[] dropbear(HostKey key) {
        var both = key.secretAndPublic();
        var file = new ByteArrayOutputStream();
        file.writeBytes(length(KEY_TYPE.length()));
        file.writeBytes(KEY_TYPE.getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(length(both.length));
        file.writeBytes(both);
        return file.toByteArray();
    }

    private static byte[] length(int count) {
        return ByteBuffer.allocate(4).putInt(count).array();
    }
}
