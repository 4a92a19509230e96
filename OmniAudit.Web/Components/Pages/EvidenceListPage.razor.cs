using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Ci;

namespace OmniAudit.Web.Components.Pages;

/// <summary>All evidence, newest first, and a way to bring some.</summary>
public sealed partial class EvidenceListPage
{
    private const int PageSize = 50;
    private const long MostBytes = 256L << 20;

    private EvidenceList _list = new([], null);
    private string _repo = "";
    private string? _problem;
    private bool _uploading;
    private double _progress;

    [Inject] private EvidenceQueries Evidence { get; set; } = null!;
    [Inject] private EvidenceUpload Upload { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Evidence;

    protected override async Task LoadAsync() => _list = await Evidence.ListAsync(Text, null, string.IsNullOrEmpty(Before) ? null : Before, PageSize, Left);

    private async Task UploadAsync(InputFileChangeEventArgs chosen)
    {
        if (_uploading) return;
        var file = chosen.File;
        _problem = file.Size > MostBytes ? $"File: {file.Name} has {file.Size:N0} bytes; at most {MostBytes:N0} are taken." : file.Size == 0 ? $"File: {file.Name} is empty."
            : _repo.Trim().Length > 0 && _repo.Trim().Split('/') is not [{ Length: > 0 }, { Length: > 0 }] ? "Repository: write it owner/name, or leave it empty." : null;
        if (_problem is not null) return;
        if (await CurrentPersonAsync() is not { } person)
        {
            _problem = "Your session has ended. Sign in again; nothing was stored.";
            return;
        }
        (_uploading, _progress) = (true, 0);
        try
        {
            await using var content = file.OpenReadStream(MostBytes, Left);
            var id = await Upload.BringAsync(file.Name, _repo, content, file.Size, person, at => { _progress = at; _ = InvokeAsync(StateHasChanged); }, Left);
            if (!Left.IsCancellationRequested) Navigation.NavigateTo(CiLinks.Evidence(id));
        }
        catch (IdentityRefusedException refused)
        {
            _problem = refused.Message;
        }
        catch (Exception broken) when (broken is IOException or TaskCanceledException && !Left.IsCancellationRequested)
        {
            _problem = $"File: it did not arrive whole, and nothing was stored. {broken.Message}";
        }
        finally
        {
            _uploading = false;
        }
    }
}
