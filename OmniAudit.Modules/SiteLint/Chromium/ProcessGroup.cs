using System.Globalization;
using System.Runtime.InteropServices;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>The processes of one browser. Its launcher starts it in a session of its own, so one signal reaches them all, orphans included.</summary>
internal static class ProcessGroup
{
    private const int SigKill = 9;

    /// <summary>The group of a process; 0 when there is none to kill: on Windows, when it is gone, or when it is our own group.</summary>
    public static int Of(int processId)
    {
        if (OperatingSystem.IsWindows() || processId <= 1) return 0;
        var group = GetProcessGroup(processId);
        return group > 1 && group != GetProcessGroup(0) ? group : 0;
    }

    /// <summary>Ends every process of the group at once; nothing happens when all are gone.</summary>
    public static void Kill(int group)
    {
        if (!OperatingSystem.IsWindows() && group > 1) _ = SendSignal(-group, SigKill);
    }

    public static void KillOne(int processId)
    {
        if (!OperatingSystem.IsWindows() && processId > 1) _ = SendSignal(processId, SigKill);
    }

    /// <summary>Linux: the group's processes with the bytes that each has to itself or shares in memory files. Empty elsewhere.</summary>
    public static IReadOnlyList<(int Id, long Memory, bool Renderer)> Members(int group)
    {
        if (!OperatingSystem.IsLinux() || group <= 1) return [];
        var members = new List<(int, long, bool)>();
        foreach (var directory in new DirectoryInfo("/proc").EnumerateDirectories())
        {
            if (!int.TryParse(directory.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || GetProcessGroup(id) != group) continue;
            try
            {
                var status = Read(directory, "status");
                members.Add((id, Field(status, "RssAnon:") + Field(status, "RssShmem:"), Read(directory, "cmdline").Contains("--type=renderer", StringComparison.Ordinal)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }
        return members;
    }

    private static string Read(DirectoryInfo process, string name)
    {
        using var reader = new FileInfo(Path.Combine(process.FullName, name)).OpenText();
        return reader.ReadToEnd();
    }

    /// <summary>A line such as <c>RssAnon:    1234 kB</c>, in bytes.</summary>
    private static long Field(string status, string name)
    {
        var at = status.IndexOf(name, StringComparison.Ordinal);
        if (at < 0) return 0;
        var words = status[(at + name.Length)..].Split([' ', '\t', '\n'], 3, StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 && long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : 0;
    }

    [DllImport("libc", EntryPoint = "getpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetProcessGroup(int processId);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
