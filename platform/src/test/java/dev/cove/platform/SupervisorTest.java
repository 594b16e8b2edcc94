package dev.cove.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SupervisorTest {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int MSG_DONTWAIT = 0x40;

    @TempDir Path folder;

    @Test
    void hearsThatAServiceIsReady() throws Throwable {
        assertThat(heardAt(folder.resolve("notify").toString())).isEqualTo("READY=1");
    }

    @Test
    void listensOnASocketWithoutAFileToo() throws Throwable {
        assertThat(heardAt("@cove-test-" + ProcessHandle.current().pid())).isEqualTo("READY=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "vsock:2:1234", "notify"})
    void isNotThereWhereTheEnvironmentNamesNoSocketOfThisMachine(String socket) {
        assertThat(Supervisor.of(Map.of("NOTIFY_SOCKET", socket)).socket()).isEmpty();
        Supervisor.of(Map.of()).ready();
    }

    @Test
    void isMissedWhenItHasGone() {
        var gone = Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString());

        assertThatThrownBy(() -> Supervisor.of(gone).ready())
                .isInstanceOf(SystemCallException.class)
                .hasMessageContaining("sendto failed: No such file");
    }

    private static String heardAt(String socket) throws Throwable {
        var listening = Native.socket(AF_UNIX, SOCK_DGRAM);
        try (var arena = Arena.ofConfined()) {
            var address = Supervisor.address(arena, socket);
            assertThat(bind(listening, address)).isZero();

            Supervisor.of(Map.of("NOTIFY_SOCKET", socket)).ready();

            var buffer = arena.allocate(100);
            var length = receive(listening, buffer);
            return new String(
                    buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE),
                    StandardCharsets.US_ASCII);
        } finally {
            Native.close(listening);
        }
    }

    private static int bind(int socket, MemorySegment address) throws Throwable {
        var linker = Linker.nativeLinker();
        return (int)
                linker.downcallHandle(
                                linker.defaultLookup().find("bind").orElseThrow(),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_INT))
                        .invokeExact(socket, address, (int) address.byteSize());
    }

    private static long receive(int socket, MemorySegment buffer) throws Throwable {
        var linker = Linker.nativeLinker();
        return (long)
                linker.downcallHandle(
                                linker.defaultLookup().find("recv").orElseThrow(),
                                FunctionDescriptor.of(
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT,
                                        ValueLayout.ADDRESS,
                                        ValueLayout.JAVA_LONG,
                                        ValueLayout.JAVA_INT))
                        .invokeExact(socket, buffer, buffer.byteSize(), MSG_DONTWAIT);
    }
}
