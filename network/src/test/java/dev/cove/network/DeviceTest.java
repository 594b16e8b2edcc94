package dev.cove.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,14}");
    private static final String CHARACTERS = "ab0-_.:/ \n\t\"'\\;{}$@*%\0é";

    @Test
    void aTapIsNamedAfterItsVmAndLeadsBackToIt() {
        var vm = new VmId("vm-a1b2c3d4");

        assertThat(Device.tapOf(vm).name()).isEqualTo("cv-a1b2c3d4");
        assertThat(Device.vmOf("cv-a1b2c3d4")).contains(vm);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cv",
                "cv-",
                "eth0",
                "vm-a1b2c3d4",
                "cv-a1b2c3d",
                "cv-a1b2c3d45",
                "cv-A1B2C3D4"
            })
    void noOtherLinkIsTakenForATap(String name) {
        assertThat(Device.vmOf(name)).isEmpty();
    }

    @Test
    void noNameWithAMeaningComesThrough() {
        var seed = new Random().nextLong();
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++) {
            var name = name(random);
            assertThat(isTaken(name))
                    .as("seed %d, name \"%s\"", seed, name)
                    .isEqualTo(HARMLESS.matcher(name).matches());
        }
    }

    private static String name(Random random) {
        var name = new StringBuilder();
        random.ints(random.nextInt(18), 0, CHARACTERS.length())
                .forEach(i -> name.append(CHARACTERS.charAt(i)));
        return name.toString();
    }

    private static boolean isTaken(String name) {
        try {
            return new Device(name).name().equals(name);
        } catch (CoveException e) {
            return false;
        }
    }

    @Test
    void aBridgeCannotBeCalledLikeATap() {
        assertThatThrownBy(() ->
                        new NetworkSettings(
                                "cv-bridge",
                                Subnet.parse("10.100.0.1/16"),
                                List.of(),
                                Allowed.NOTHING))
                .hasMessageContaining("cv-bridge")
                .hasMessageContaining("vmmbr0");
    }
}
