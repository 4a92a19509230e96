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

    [DllImport("libc", EntryPoint = "getpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetProcessGroup(int processId);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
