package dev.cove.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What people get wrong, and that they are told so.
class MistakesTest {
    @TempDir Path folder;

    @Test
    void saysThatAFileIsNotThere() {
        var file = folder.resolve("gone.yaml");

        assertThatThrownBy(() -> load(List.of("--config", file.toString())))
                .hasMessage("there is no configuration file %s; write it, or name another", file);
    }

    @Test
    void saysThatAFileIsNotUtf8() throws IOException {
        var file = folder.resolve("latin.yaml");
        Files.write(file, "data: /srv/ä".getBytes(StandardCharsets.ISO_8859_1));

        refuses(List.of("--config", file.toString()), "is not UTF-8");
    }

    @Test
    void refusesASecondDocument() throws IOException {
        refuses(file("data: /srv\n---\nlisten: none\n"), ": a second document begins here");
    }

    @Test
    void doesNotTakeAFlagForTheValueOfAnother() {
        refuses(List.of("--data", "--print-config"), "--data wants a value behind it, and --print");
        assertThat(load(List.of("--data=--odd")).data()).hasFileName("--odd");
    }

    @Test
    void refusesAValueForAFlagThatHasNone() {
        refuses(List.of("--print-config=yes"), "--print-config takes no value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://[::1", "http://a/%zz", "ftp://a", "http://a b"})
    void refusesAMirrorThatIsNoAddress(String mirror) {
        refuses(
                List.of("--images-mirror", mirror),
                "images.mirror (--images-mirror): not a mirror");
    }

    @Test
    void takesAnEmptyVariableForNoFile() {
        assertThat(load(List.of(), Map.of("COVE_CONFIG", "")).settings().data())
                .hasToString("/var/lib/cove");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1/24, 10.0.0.10",
        "10.0.0.1/30, 10.0.0.2",
        "10.0.0.100/24, 10.0.0.101",
        "10.0.0.9/24, 10.0.0.10"
    })
    void findsAFirstAddressAboveTheBridges(String subnet, String first) {
        assertThat(load(List.of("--network-subnet", subnet)).network().first()).hasToString(first);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.50", "10.0.0.9", "10.0.0.255", "10.0.1.1"})
    void refusesAFirstAddressThatNoVmCanHave(String first) {
        refuses(
                List.of("--network-subnet", "10.0.0.50/24", "--network-first-address", first),
                "network.first-address: " + first + " is no VM's address in 10.0.0.50/24; one");
    }

    @Test
    void refusesASubnetThatHasNoAddressLeft() {
        refuses(List.of("--network-subnet", "10.0.0.2/30"), "is no VM's address in 10.0.0.2/30");
    }

    @Test
    void printsNamesThatYamlTakesForNothing() throws IOException {
        var printed = load(List.of("--defaults-image", "null"), Map.of()).printed();

        assertThat(load(file(printed)).defaults().image()).hasToString("null");
    }

    private List<String> file(String text) throws IOException {
        var file = Files.writeString(folder.resolve("cove.yaml"), text);
        return List.of("--config", file.toString());
    }

    private Settings load(List<String> flags) {
        return load(flags, Map.of()).settings();
    }

    private Configuration load(List<String> flags, Map<String, String> environment) {
        return Configuration.load(flags, environment, folder.resolve("none.yaml"));
    }

    private void refuses(List<String> flags, String why) {
        assertThatThrownBy(() -> load(flags))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID))
                .hasMessageContaining(why);
    }
}
