using System.Net;
using System.Security.Cryptography;
using OmniAudit.Modules.GitHub.Credentials;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.GitHub.Http;

internal sealed partial class GitHubHttp
{
    /// <summary>
    /// Streams into a scratch file. GitHub mostly redirects to a storage, at an address that is good for a minute: there a bare request
    /// is sent, without the token and any header of ours, over https and to public addresses only.
    /// </summary>
    /// <param name="mostBytes">Where there are more, the download is refused and nothing is kept.</param>
    /// <exception cref="GitHubRefusedException">Every failure: <c>github_gone</c> for what has expired, <c>github_too_large</c>.</exception>
    public Task<GitHubDownload> DownloadAsync(Uri address, string accept, long mostBytes, GitHubTask task, CancellationToken cancellationToken) =>
        RepeatAsync(task, credential => DownloadOnceAsync(address, accept, mostBytes, task, credential, cancellationToken), cancellationToken);

    private async Task<(GitHubDownload? Done, GitHubAnswer Answer)> DownloadOnceAsync(Uri address, string accept, long mostBytes, GitHubTask task, GitHubCredential credential, CancellationToken cancellationToken)
    {
        // Once elsewhere, never again ours: a storage must not be able to send us back with the token.
        var own = true;
        for (var hops = 0; ; hops++)
        {
            using var patience = new CancellationTokenSource(limits.Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            using var place = own ? await budget.EnterAsync(write: false, ResourceOf(address), cancellationToken) : null;
            using var request = own ? Request(HttpMethod.Get, address, credential, accept) : new HttpRequestMessage(HttpMethod.Get, address);
            using var http = clients.CreateClient(own ? Own : Elsewhere);
            using var span = Span(HttpMethod.Get, own ? ResourceOf(address) : "storage");
            using var response = await SendAsync(http, request, span, either.Token);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                await budget.NoteAsync(RateHeaders.Read(response, time.GetUtcNow()), ResourceOf(address), limited: false);
                // Minutes of bytes must not keep others from asking.
                place?.Dispose();
                var done = await SaveAsync(response, mostBytes, task, patience, either.Token);
                return (done, Answer(address, response, null));
            }
            var answer = await ReadAsync(request, response, either.Token);
            if (own) await budget.NoteAsync(RateHeaders.Read(response, time.GetUtcNow()), ResourceOf(address), answer.IsLimit);
            if (!answer.IsRedirect) return (null, answer with { Elsewhere = !own });
            if (hops == MostHops) throw Redirected(task, "in circles");
            if (answer.Location is not { } target) throw Redirected(task, "to nowhere");
            own = own && hosts.IsApi(target);
            if (!own && hosts.Problem(target) is { } problem) throw Redirected(task, problem);
            address = target;
        }
    }

    private async Task<GitHubDownload> SaveAsync(HttpResponseMessage response, long mostBytes, GitHubTask task, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > mostBytes) throw TooLarge(task, mostBytes);
        var file = ScratchFile.Create();
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[128 * 1024];
            var size = 0L;
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                patience.CancelAfter(limits.Patience);
                size += count;
                if (size > mostBytes) throw TooLarge(task, mostBytes);
                hash.AppendData(buffer, 0, count);
                await WriteAsync(file, buffer.AsMemory(0, count), cancellationToken);
            }
            // Where a length was announced, the handler has seen to it.
            file.Position = 0;
            return new GitHubDownload(file, size, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static async Task WriteAsync(FileStream file, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException full)
        {
            // Not GitHub's fault, and not to be tried again.
            throw new GitHubRefusedException("no_room", "The directory for temporary files cannot take the download. Make room there, or point TMPDIR elsewhere.", inner: full);
        }
    }

    private static GitHubRefusedException TooLarge(GitHubTask task, long mostBytes) =>
        new("github_too_large", $"{char.ToUpperInvariant(task.What[0])}{task.What[1..]} has more than {mostBytes} bytes, the most that is taken. Nothing was kept.");
}
