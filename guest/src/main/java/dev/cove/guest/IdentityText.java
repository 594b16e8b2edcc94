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

/// Who a guest is to be, as assignments to the shell variables that the agent's `apply_identity`
/// reads. It holds the host's secret key.
final class IdentityText {
    private static final String KEY_TYPE = "ssh-ed25519";

    private IdentityText() {}

    /// What a guest's agent has to know in any case. Every value is of a type that has no character
    /// which a shell minds between single quotes.
    static String of(Name name, Person person, List<Ipv4> resolvers) {
        return """
        hostname='%s'
        machine_id='%s'
        address='%s'
        resolv_conf='%s'
        hosts='%s'
        authorized_keys='%s'
        public_key='%s'
        """
                .formatted(
                        name,
                        person.identity().machineId(),
                        person.address(),
                        resolvConf(resolvers),
                        hosts(name, person),
                        keys(person),
                        person.identity().hostKey().publicKey());
    }

    /// What it has to know at a boot besides.
    ///
    /// @param grow whether the disk is larger than its file system
    static String ofBoot(Person person, boolean grow) {
        var key = person.identity().hostKey();
        return """
        netmask='%s'
        gateway='%s'
        openssh_key='%s'
        dropbear_key='%s'
        grow='%s'
        """
                .formatted(
                        netmask(person),
                        person.subnet().host(),
                        key.openSsh().strip(),
                        escaped(dropbear(key)),
                        grow ? "yes" : "no");
    }

    static Ipv4 netmask(Person person) {
        return new Ipv4(~(person.subnet().broadcast().bits() ^ person.subnet().network().bits()));
    }

    private static String hosts(Name name, Person person) {
        return """
        127.0.0.1 localhost
        ::1 localhost ip6-localhost ip6-loopback
        %s %s.internal %s\
        """
                .formatted(person.address(), name, name);
    }

    private static String resolvConf(List<Ipv4> resolvers) {
        return resolvers.isEmpty()
                ? "# the host has no name server that its guests can reach"
                : resolvers.stream().map(r -> "nameserver " + r).collect(Collectors.joining("\n"));
    }

    private static String keys(Person person) {
        return person.keys().stream().map(SshKey::toString).collect(Collectors.joining("\n"));
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

    /// As the format of a shell's `printf`.
    static String escaped(byte[] bytes) {
        var text = new StringBuilder();
        for (var b : bytes) {
            text.append('\\').append("%03o".formatted(b & 0xff));
        }
        return text.toString();
    }
}
