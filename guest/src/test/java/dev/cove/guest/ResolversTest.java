package dev.cove.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Ipv4;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolversTest {
    @TempDir Path folder;

    @Test
    void areThoseOfTheHost() throws IOException {
        var file = written("a", "# made by hand\nnameserver 192.0.2.1\nsearch example\n");

        assertThat(new Resolvers(List.of(file)).now()).isEqualTo(addresses("192.0.2.1"));
    }

    @Test
    void areThoseThatAResolverOnTheLoopbackAsks() throws IOException {
        var near = written("near", "nameserver 127.0.0.53\n");
        var far = written("far", "nameserver fe80::1%eth0\nnameserver\t192.0.2.7 \n");

        assertThat(new Resolvers(List.of(near, far)).now()).isEqualTo(addresses("192.0.2.7"));
    }

    @Test
    void areThreeAtMostAndNoneTwice() throws IOException {
        var file =
                written(
                        "many",
                        """
                        nameserver 192.0.2.1
                        nameserver 192.0.2.1
                        nameserver 192.0.2.2
                        nameserver 192.0.2.3
                        nameserver 192.0.2.4
                        """);

        assertThat(new Resolvers(List.of(file)).now())
                .isEqualTo(addresses("192.0.2.1", "192.0.2.2", "192.0.2.3"));
    }

    @Test
    void areNoneThatAGuestCannotReach() throws IOException {
        var file = written("closed", "nameserver 169.254.169.254\nnameserver ::1\nnameserver x\n");

        assertThat(new Resolvers(List.of(file, folder.resolve("absent"))).now()).isEmpty();
    }

    private Path written(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<Ipv4> addresses(String... texts) {
        return Stream.of(texts).map(Ipv4::parse).toList();
    }
}
