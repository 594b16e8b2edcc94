package dev.cove.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.HostKey;
import dev.cove.core.Identity;
import dev.cove.core.Image;
import dev.cove.core.ImageRef;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Power;
import dev.cove.core.ProcessRef;
import dev.cove.core.Resume;
import dev.cove.core.Role;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot;
import dev.cove.core.SnapshotId;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import dev.cove.core.VmSpec;
import dev.cove.core.VmState;
import dev.cove.core.VmStatus;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00.000000001Z");
    private static final Digest DIGEST = new Digest("sha256:" + "0f".repeat(32));
    private static final String KEY =
            "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
    private final JsonCodec codec = new JsonCodec();

    @Test
    void writesASpecThatPeopleCanRead() {
        assertThat(codec.write(spec()))
                .isEqualTo(
                        """
                        {"id":"vm-abcd1234","name":"web","owner":"ada","role":"guest",\
                        "image":{"name":"debian","digest":"%s"},\
                        "shape":{"cpus":2,"memory":536870912,"disk":4294967296},\
                        "vmm":"qemu","keys":["ssh-ed25519 %s ada@home"],\
                        "labels":{"env":"test"},"power":"running","launches":3,\
                        "resume":{"launch":3,"snapshot":"sn-abcd1234","kind":"sleep",\
                        "memory":true},"grace":"PT10S","sleepAfter":"PT5M","created":"2026-01-02T12:00:00.000000001Z"}\
                        """
                                .formatted(DIGEST, KEY));
    }

    @Test
    void readsBackWhatItWrote() {
        var timings = new LinkedHashMap<String, Duration>();
        timings.put("lease", Duration.ofNanos(1_234_567));
        timings.put("disk", Duration.ofSeconds(3));
        var status =
                new VmStatus(
                        VmState.RUNNING,
                        3,
                        Role.STANDBY,
                        Optional.of(Ipv4.parse("10.100.0.10")),
                        Optional.of("qemu"),
                        Optional.of(Accelerator.TCG),
                        Optional.of(new ProcessRef(77, 123456789012L)),
                        Optional.empty(),
                        timings,
                        Optional.of("a \"reason\"\n☃"),
                        NOON);
        var identity =
                new Identity("0123456789abcdef".repeat(2), HostKey.random(new SecureRandom()));
        var image =
                new Image(
                        new Name("debian"),
                        DIGEST,
                        Bytes.gibibytes(1),
                        new Bytes(3),
                        "debian trixie",
                        "root",
                        Path.of("/data/a b/disk"),
                        Path.of("/data/kernel"),
                        Path.of("/data/initramfs"),
                        "quiet",
                        NOON);

        var snapshot =
                new Snapshot(
                        new SnapshotId("sn-abcd1234"),
                        Snapshot.Kind.KEPT,
                        Optional.of(new VmId("vm-abcd1234")),
                        new Name("before"),
                        new Owner("ada"),
                        image.ref(),
                        spec().shape(),
                        Optional.of(
                                new Snapshot.Moment(
                                        "qemu",
                                        "8.2 on a machine",
                                        true,
                                        Duration.ofMillis(7),
                                        0xffffffffL,
                                        Optional.of(5L))),
                        Bytes.gibibytes(1),
                        NOON);

        assertReturns(spec());
        assertReturns(snapshot);
        assertThat(codec.write(snapshot))
                .startsWith("{\"id\":\"sn-abcd1234\",\"kind\":\"kept\",\"of\":\"vm-abcd1234\",");
        assertReturns(status);
        assertReturns(VmStatus.creating(NOON));
        assertReturns(identity);
        assertReturns(image);
        assertThat(List.copyOf(codec.read(codec.write(status), VmStatus.class).timings().keySet()))
                .containsExactly("lease", "disk");
    }

    @Test
    void leavesOutWhatIsAbsentAndReadsItAsAbsent() {
        var document = codec.write(VmStatus.creating(NOON));

        assertThat(document)
                .isEqualTo(
                        "{\"state\":\"creating\",\"launch\":0,\"role\":\"guest\",\"timings\":{},\"since\":\""
                                + NOON
                                + "\"}");
        assertThat(codec.read(document, VmStatus.class).address()).isEmpty();
    }

    @Test
    void takesAVmFromBeforeThereWereRolesForAGuest() {
        var before = codec.write(spec()).replace("\"role\":\"guest\",", "");

        assertThat(before).doesNotContain("role");
        assertThat(codec.read(before, VmSpec.class)).isEqualTo(spec());
    }

    @Test
    void passesOverFieldsOfALaterCove() {
        var document = codec.write(spec()).replaceFirst("\\{", "{\"nested\":{\"x\":[1]},\"y\":2,");

        assertThat(codec.read(document, VmSpec.class)).isEqualTo(spec());
    }

    @Test
    void namesTheMemberOfASealedFamily() {
        var steps = new Plan(List.of(new Step.Wait(Duration.ofSeconds(2)), new Step.Go()));

        var document = codec.write(steps);

        assertThat(document)
                .isEqualTo(
                        "{\"steps\":[{\"type\":\"wait\",\"limit\":\"PT2S\"},{\"type\":\"go\"}]}");
        assertThat(codec.read(document, Plan.class)).isEqualTo(steps);
        assertThat(codec.read(codec.write(new Step.Go()), Step.class)).isEqualTo(new Step.Go());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"id\":\"vm-abcd1234\"",
                "\"text\"",
                "{\"id\":7}",
                "{\"id\":\"../../etc\"}",
                "{\"launches\":\"many\"}",
                "{} {}"
            })
    void saysWhatADocumentIsNot(String document) {
        assertThatThrownBy(() -> codec.read(document, VmSpec.class))
                .isInstanceOfSatisfying(
                        CoveException.class,
                        e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INTERNAL))
                .hasMessageStartingWith("a document is no VmSpec: ");
    }

    @Test
    void refusesABareValueThatIsNone() {
        assertThatThrownBy(() -> codec.read("\"UPPER\"", Name.class))
                .isInstanceOf(CoveException.class)
                .hasMessageStartingWith("a document is no Name: ");
        assertThatThrownBy(() -> codec.read("-1", Bytes.class))
                .isInstanceOf(CoveException.class)
                .hasMessageStartingWith("a document is no Bytes: ");
    }

    record Plan(List<Step> steps) {}

    sealed interface Step {
        record Wait(Duration limit) implements Step {}

        record Go() implements Step {}
    }

    private void assertReturns(Object value) {
        assertThat((Object) codec.read(codec.write(value), value.getClass())).isEqualTo(value);
    }

    private static VmSpec spec() {
        return new VmSpec(
                new VmId("vm-abcd1234"),
                new Name("web"),
                new Owner("ada"),
                Role.GUEST,
                new ImageRef(new Name("debian"), DIGEST),
                new Shape(2, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                Optional.of("qemu"),
                List.of(SshKey.parse("ssh-ed25519 " + KEY + " ada@home")),
                new Labels(Map.of("env", "test")),
                Power.RUNNING,
                3,
                Optional.of(
                        new Resume(3, new SnapshotId("sn-abcd1234"), Snapshot.Kind.SLEEP, true)),
                Duration.ofSeconds(10),
                Optional.of(Duration.ofMinutes(5)),
                NOON);
    }
}
