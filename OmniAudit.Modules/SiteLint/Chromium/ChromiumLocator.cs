using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Finds the browser.</summary>
internal static class ChromiumLocator
{
    // The headless shell first: the same engine without a window's machinery, about twice as quick to start, open pages and draw.
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome.exe", "msedge"];

    /// <exception cref="JobFailedException">There is none; the message says what to install or set.</exception>
    public static string Find(SiteLintOptions options)
    {
        if (options.ChromiumPath.Length > 0)
        {
            return new FileInfo(options.ChromiumPath).Exists
                ? options.ChromiumPath
                : throw new JobFailedException($"SiteLint:ChromiumPath names '{options.ChromiumPath}', where there is no file. Correct the setting, or leave it empty to use an installed Chromium.");
        }
        var directories = new[] { "/usr/bin" }.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        return Names.SelectMany(n => directories.Select(d => Path.Combine(d, n))).FirstOrDefault(p => new FileInfo(p).Exists)
            ?? throw new JobFailedException("No Chromium was found. Install it (Debian and Ubuntu: apt-get install -y chromium-headless-shell), or set SiteLint:ChromiumPath to its executable.");
    }
}
