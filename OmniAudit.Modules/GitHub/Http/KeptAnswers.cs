using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>An answer that GitHub may confirm with 304 instead of sending it again.</summary>
internal sealed record KeptAnswer(string ETag, byte[] Body, Uri? NextPage);

/// <summary>
/// Answers by address, Accept and who asked: what one token may see, another may not. The least recently used go first.
/// In memory only; thread safe.
/// </summary>
internal sealed class KeptAnswers(GitHubLimits limits)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, KeptAnswer Answer)>> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, KeptAnswer Answer)> _byUse = new();
    private long _bytes;

    /// <summary>A hash: addresses hold names of private repositories.</summary>
    public static string KeyOf(Uri address, string accept, string identity) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{identity}\n{accept}\n{address.AbsoluteUri}")));

    public KeptAnswer? Find(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var node)) return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Answer;
        }
    }

    public void Keep(string key, KeptAnswer answer)
    {
        lock (_lock)
        {
            if (_byKey.Remove(key, out var old)) Remove(old);
            if (answer.Body.Length > limits.KeptBytes / 16) return;
            _byKey[key] = _byUse.AddFirst((key, answer));
            _bytes += answer.Body.Length;
            while (_byUse.Count > limits.KeptAnswers || _bytes > limits.KeptBytes)
            {
                var last = _byUse.Last!;
                _byKey.Remove(last.Value.Key);
                Remove(last);
            }
        }
    }

    internal (int Count, long Bytes) Size
    {
        get { lock (_lock) return (_byUse.Count, _bytes); }
    }

    private void Remove(LinkedListNode<(string Key, KeptAnswer Answer)> node)
    {
        _byUse.Remove(node);
        _bytes -= node.Value.Answer.Body.Length;
    }
}
