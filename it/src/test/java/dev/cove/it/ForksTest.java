package dev.cove.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.client.VmInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Many forks of one VM (`-Dcove.it.forks=100`), each of them somebody else before anybody hears of
/// it.
@Tag("vm")
@Tag("root")
class ForksTest {
    private static final int FORKS = Integer.getInteger("cove.it.forks", 8);

    /// What no two machines have in common, asked of a guest all at once.
    private static final List<String> OWN =
            List.of(
                    "head -c 32 /dev/urandom | md5sum",
                    "cat /etc/machine-id",
                    "md5sum </etc/dropbear/dropbear_ed25519_host_key",
                    "cat /sys/class/net/eth0/address",
                    "ip -4 -br addr show eth0",
                    "hostname");

    /// A source that is heard all the time: so would be a copy of it that still is who it was. One
    /// of its sockets is bound to its address for good. All copies are heard together as often as
    /// fifty times a second, however many they are: what they say costs a processor, too. No
    /// process begins for it.
    private static String chatter() {
        return "to=/dev/udp/$(ip route show default | cut -d' ' -f3)/9; mkfifo /never; bash -c \"exec"
                + " 3<>$to 4<>/never; while :; do echo x >&3; echo x >$to; read -u 4 -t "
                + FORKS / 50.0
                + "; done\" >/dev/null 2>&1 & echo $!";
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void areEachSomebodyElseBeforeAFrameOfThemIsSeen() throws Exception {
        try (var daemon = RealDaemon.with("debian-slim");
                var sniffer = Sniffer.begin()) {
            daemon.cove("create", "web", "--image", "debian-slim", "--memory", "192M").orThrow();
            daemon.guest("web").sh(chatter());
            var began = System.nanoTime();

            var forked = daemon.cove("fork", "web", "job", "--count", Integer.toString(FORKS));

            var took = Duration.ofNanos(System.nanoTime() - began);
            assertThat(forked.exit()).as(forked.err()).isZero();
            assertThat(forked.out().lines()).hasSize(FORKS);
            var vms = daemon.client().vms(Map.of());
            assertThat(vms).hasSize(FORKS + 1).allMatch(vm -> vm.state().equals("running"));
            var macs = eachIsItsOwn(daemon, vms);
            nobodyWasHeardAsAnother(sniffer, vms, macs);
            System.out.printf(
                    Locale.ROOT,
                    "forks test: %d forks of one VM ready in %.1f s, %s; %s all distinct; senders"
                            + " seen on %d ports, each its own%n",
                    FORKS,
                    took.toMillis() / 1000.0,
                    forked.err().strip(),
                    "random bytes, machine ids, host keys, MACs, addresses, names",
                    sniffer.macs().size());
        }
    }

    /// @return the MACs that the guests say that they have, by their VMs' ids
    private static List<String> eachIsItsOwn(RealDaemon daemon, List<VmInfo> vms) {
        var macs = new ArrayList<String>();
        var seen = new HashSet<String>();
        for (var vm : vms) {
            var answers = daemon.guest(vm.name()).sh(String.join("; ", OWN)).lines().toList();
            assertThat(answers).hasSize(OWN.size());
            for (var i = 0; i < OWN.size(); i++) {
                assertThat(seen.add(i + answers.get(i)))
                        .as("%s of %s is its own: %s", OWN.get(i), vm.name(), answers.get(i))
                        .isTrue();
            }
            assertThat(answers.getLast()).isEqualTo(vm.name());
            assertThat(answers.get(4)).contains(vm.address().orElseThrow());
            macs.add(answers.get(3));
        }
        return macs;
    }

    private static void nobodyWasHeardAsAnother(
            Sniffer sniffer, List<VmInfo> vms, List<String> macs) throws InterruptedException {
        var heard = sniffer.macs();
        var addresses = sniffer.addresses();
        for (var i = 0; i < vms.size(); i++) {
            var vm = vms.get(i);
            var port = vm.id().replace("vm-", "cv-");
            assertThat(heard.get(port)).as("MACs of %s", vm.name()).isEqualTo(Set.of(macs.get(i)));
            assertThat(addresses.get(port))
                    .as("addresses of %s", vm.name())
                    .isEqualTo(Set.of(vm.address().orElseThrow()));
        }
    }
}
