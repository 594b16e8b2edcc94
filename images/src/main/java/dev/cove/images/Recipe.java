package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Printable;
import java.util.List;
import java.util.regex.Pattern;

/// How an image is made of Debian's packages.
///
/// @param suite `trixie`, `bookworm`, …
/// @param packages to install beside the essential ones, without what they merely recommend
/// @param files to put over those of the packages
/// @param commands lines for the image's own `sh`, run in its root when all files are there
/// @param init the first process of the image's own
/// @param kernelArguments for the kernel's command line
/// @param user whom Cove logs in as
public record Recipe(
        Name name,
        String suite,
        List<String> packages,
        List<File> files,
        List<String> commands,
        String init,
        String kernelArguments,
        String user) {
    private static final Pattern SUITE = Pattern.compile("[a-z][a-z0-9]{1,30}");
    private static final Pattern PACKAGE =
            Pattern.compile("[a-z0-9][a-z0-9+.-]{1,99}(:[a-z0-9]{2,16})?");
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9@_+:~-][A-Za-z0-9@._+:~-]*)+");
    private static final Pattern DOTTED =
            Pattern.compile("(/\\.?[A-Za-z0-9@_+:~-][A-Za-z0-9@._+:~-]*)+");
    private static final Pattern ARGUMENTS = Pattern.compile("[A-Za-z0-9_.,=:/ -]{0,1000}");
    private static final Pattern USER = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");
    private static final int MOST = 1000;
    private static final int LONGEST = 1000;

    public Recipe {
        require(SUITE, suite, "suite", "trixie");
        packages = bounded(packages, "packages");
        packages.forEach(p -> require(PACKAGE, p, "package", "openssh-server"));
        files = bounded(files, "files");
        commands = bounded(commands, "commands");
        commands.forEach(Recipe::requireOneLine);
        require(PATH, init, "init", "/sbin/init");
        require(ARGUMENTS, kernelArguments, "kernelArguments", "net.ifnames=0");
        require(USER, user, "user", "root");
    }

    public Recipe inSuite(String other) {
        return new Recipe(name, other, packages, files, commands, init, kernelArguments, user);
    }

    public Recipe named(Name other) {
        return new Recipe(other, suite, packages, files, commands, init, kernelArguments, user);
    }

    /// A file of the image.
    ///
    /// @param mode the permissions, 0 to 07777
    /// @param content text
    public record File(String path, int mode, String content) {
        public File {
            require(DOTTED, path, "path", "/etc/motd");
            if (mode < 0 || mode > 07777) {
                throw CoveException.invalid(
                        "the mode of " + path + " is no file mode; write it as \"0644\"");
            }
        }
    }

    private static void require(Pattern form, String value, String key, String example) {
        // The length first: for some forms a match of what is long takes a deep stack.
        if (value.length() > LONGEST || !form.matcher(value).matches()) {
            throw CoveException.invalid(
                    "the recipe's "
                            + key
                            + " cannot be \""
                            + Printable.of(value, 100)
                            + "\"; an example: "
                            + example);
        }
    }

    private static <T> List<T> bounded(List<T> list, String key) {
        if (list.size() > MOST) {
            throw CoveException.invalid(
                    "the recipe has " + list.size() + " " + key + "; " + MOST + " are the most");
        }
        return List.copyOf(list);
    }

    private static void requireOneLine(String command) {
        if (command.isBlank() || command.indexOf('\0') >= 0) {
            throw CoveException.invalid("a command of the recipe is empty");
        }
    }
}
