using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// The holder of the key during one query, as its untrusted evaluator sees it: it decrypts what a refresh reads, applies the exact function, and encrypts
/// the result at its level.
/// </summary>
public interface IRefresher
{
    /// <summary>One refresh; they come in order, each once.</summary>
    /// <param name="refresh">Its number among the program's refreshes, from 0.</param>
    /// <param name="operands">Ciphertexts of each operand, block by block, at level 1; not disposed of here.</param>
    /// <returns>Ciphertexts of the output, block by block; the caller's.</returns>
    CkksCiphertext[] Refresh(int refresh, CkksCiphertext[][] operands, CancellationToken cancellation);
}
