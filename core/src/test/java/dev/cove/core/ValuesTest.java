package dev.cove.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource({
        "512M,536870912",
        "4G,4294967296",
        "1048576,1048576",
        "1k,1024",
        "2GiB,2147483648",
        "0,0"
    })
    void readsSizes(String text, long count) {
        assertThat(Bytes.parse(text)).isEqualTo(new Bytes(count));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5G", "G", "12X", "99999999999999999999", "9999999999999T"})
    void refusesWhatIsNoSize(String text) {
        assertInvalid(() -> Bytes.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"512M", "4G", "1025", "3K", "0", "7T"})
    void printsTheShortestExactSize(String text) {
        assertThat(Bytes.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "web", "web-2", "0", "a--b"})
    void takesDnsLabelsAsNames(String text) {
        assertThat(new Name(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "-a", "a-", "Web", "a.b", "a b", "a/b", "ü", "a\n", "../x", "$(id)"})
    void refusesOtherNames(String text) {
        assertInvalid(() -> new Name(text));
        assertThat(Name.fits(text)).isFalse();
    }

    @Test
    void refusesANameOfMoreThan63Characters() {
        assertThat(new Name("a".repeat(63)).text()).hasSize(63);
        assertInvalid(() -> new Name("a".repeat(64)));
    }

    @Test
    void saysNothingInAMessageThatCouldMoveTheCursor() {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(() -> new Name("a\u001b[2J\r\nb"))
                .satisfies(e -> assertThat(e.sentence()).doesNotContainPattern("[\\p{Cntrl}]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.100.0.1", "0.0.0.0", "255.255.255.255"})
    void printsAddressesAsTheyWereRead(String text) {
        assertThat(Ipv4.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.100.0", "10.100.0.256", "10.100.0.1/16", "a.b.c.d", "1.2.3.4.5", ""})
    void refusesOtherAddresses(String text) {
        assertInvalid(() -> Ipv4.parse(text));
    }

    @Test
    void ordersAddressesAsUnsigned() {
        assertThat(Ipv4.parse("192.0.2.1")).isGreaterThan(Ipv4.parse("10.0.0.1"));
    }

    @Test
    void knowsWhatIsInASubnet() {
        var subnet = Subnet.parse("10.100.0.1/16");

        assertThat(subnet.contains(Ipv4.parse("10.100.255.254"))).isTrue();
        assertThat(subnet.contains(Ipv4.parse("10.101.0.1"))).isFalse();
        assertThat(subnet.network()).hasToString("10.100.0.0");
        assertThat(subnet.broadcast()).hasToString("10.100.255.255");
        assertThat(subnet.offsetOf(Ipv4.parse("10.100.1.2"))).isEqualTo(258);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.100.0.0/16", "10.100.0.1", "10.100.0.1/31", "10.100.0.1/x", "/16"})
    void refusesOtherSubnets(String text) {
        assertInvalid(() -> Subnet.parse(text));
    }

    @Test
    void readsAKeyAndDropsWhatIsUnplainInItsComment() {
        var key = HostKey.random(new SecureRandom()).publicKey();

        var read = SshKey.parse(key + " ada@host\u001b[31m\n");

        assertThat(read.base64()).isEqualTo(key.base64());
        assertThat(read.toString().lines()).hasSize(1);
        assertThat(read.comment()).startsWith("ada@host").doesNotContainPattern("\\p{Cntrl}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519",
                "ssh-ed25519 AAAA",
                "ssh-dss AAAAB3NzaC1kc3MAAACB",
                "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA",
                "command=\"id\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA",
                "-----BEGIN OPENSSH PRIVATE KEY-----",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA"
            })
    void refusesWhatIsNoPublicKey(String line) {
        assertInvalid(() -> SshKey.parse(line));
    }

    @Test
    void refusesLabelsThatDoNotFitOnALine() {
        assertInvalid(() -> new Labels(Map.of("a", "x\ny")));
        assertInvalid(() -> new Labels(Map.of("-", "x")));
        assertThat(new Labels(Map.of("team", "ci", "job", "7")).has(new Labels(Map.of("job", "7"))))
                .isTrue();
    }

    @Test
    void namesTheSizeThatIsTooSmall() {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(() -> new Shape(1, Bytes.gibibytes(1), Bytes.gibibytes(16385)))
                .withMessageContaining("disk has to be at most 16T, not 16385G");
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(() -> new Shape(1, Bytes.mebibytes(1), Bytes.gibibytes(1)))
                .withMessageContaining("memory")
                .withMessageContaining("1M");
    }

    private static void assertInvalid(Runnable code) {
        assertThatExceptionOfType(CoveException.class)
                .isThrownBy(code::run)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID));
    }
}
