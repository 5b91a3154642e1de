namespace Blindsight.Mpc.ObliviousTransfer;

/// <summary>How a session makes its correlated transfers; an input of the plan.</summary>
public enum CorrelatedOtChoice
{
    /// <summary>SoftSpoken or silent, by the total that the session expects to use.</summary>
    Auto,

    /// <summary>Extension after Ishai et al.: 16 bytes a transfer, nothing assumed beyond symmetric
    /// cryptography.</summary>
    Iknp,

    /// <summary>Extension after Roy: 1.9 bytes a transfer for more computation, the same assumptions.</summary>
    SoftSpoken,

    /// <summary>Silent extension: far below one bit a transfer, under LPN, for large totals.</summary>
    Silent,
}
