using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using OmniAudit.Modules.AdminOps.Import;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Brings audit events out of a file, and says what became of it line by line.</summary>
public sealed partial class ImportEventsPage
{
    private const long MostBytes = 512L << 20;
    /// <summary>The page is drawn again after so many bytes more.</summary>
    private const long Step = 256 << 10;

    private string _source = "", _tenant = "";
    private string? _problem;
    private bool _importing;
    private double _progress;
    private ImportReport? _report;

    [Inject] private EventImport Import { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync() => Task.CompletedTask;

    private async Task ImportAsync(InputFileChangeEventArgs chosen)
    {
        if (_importing) return;
        var file = chosen.File;
        _report = null;
        _problem = file.Size > MostBytes ? $"File: {file.Name} has {file.Size:N0} bytes; at most {MostBytes:N0} are taken here. Use ./run.sh import-events." : file.Size == 0 ? $"File: {file.Name} is empty." : null;
        if (_problem is not null) return;
        if (await CurrentPersonAsync() is not { } person)
        {
            _problem = "Your session has ended. Sign in again; nothing was stored.";
            return;
        }
        (_importing, _progress) = (true, 0);
        var shown = 0L;
        try
        {
            await using var content = file.OpenReadStream(MostBytes, Left);
            _report = await RecordedAsync("adminops.import", person, () => Import.ImportAsync(file.Name, content, _source.Length > 0 ? _source : null, _tenant, person, read =>
            {
                if (read - shown < Step) return;
                (shown, _progress) = (read, (double)read / file.Size);
                _ = InvokeAsync(StateHasChanged);
            }, Left));
        }
        catch (IdentityRefusedException refused)
        {
            _problem = refused.Message;
        }
        catch (Exception broken) when (broken is IOException or TaskCanceledException && !Left.IsCancellationRequested)
        {
            _problem = $"File: it did not arrive whole; what came before is stored. Bring it again: what is known is not stored twice. {broken.Message}";
        }
        finally
        {
            _importing = false;
        }
    }

    private static string Explorer(DateTimeOffset from, DateTimeOffset to) =>
        string.Create(CultureInfo.InvariantCulture, $"/adminops?start={Uri.EscapeDataString(Z(from))}&end={Uri.EscapeDataString(Z(to.AddSeconds(1)))}");

    private static string Z(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
