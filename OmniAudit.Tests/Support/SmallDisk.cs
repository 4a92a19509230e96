using System.Diagnostics;

namespace OmniAudit.Tests.Support;

/// <summary>A file system of a few hundred kilobytes, to see what a full disk does. Needs to mount, and so root; <see cref="WhyNot"/> says so where that fails.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string directory) => Path = directory;

    public static string? WhyNot { get; } = TryMount(out var probe) is { } error ? $"A small disk cannot be mounted here: {error}" : Unmount(probe!);

    public string Path { get; }

    public static SmallDisk Mount() => TryMount(out var disk) is { } error ? throw new InvalidOperationException(error) : disk!;

    /// <summary>Leaves the given number of bytes free, about.</summary>
    public void Fill(long leave)
    {
        using var file = new FileStream(System.IO.Path.Combine(Path, "ballast"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var free = new DriveInfo(Path).AvailableFreeSpace;
        file.Write(new byte[Math.Max(0, free - leave)]);
    }

    public void Empty() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static string? Unmount(SmallDisk disk)
    {
        disk.Dispose();
        return null;
    }

    private static string? TryMount(out SmallDisk? disk)
    {
        disk = null;
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return "root on Linux is needed.";
        var directory = Directory.CreateTempSubdirectory("omniaudit-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", directory) is { Length: > 0 } error)
        {
            Directory.Delete(directory);
            return error;
        }
        disk = new SmallDisk(directory);
        return null;
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : $"{program}: {error}";
    }
}

/// <summary>A test that needs a <see cref="SmallDisk"/>; skipped, with the reason, where none can be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.WhyNot;
}
