namespace Blindsight.Training.Activations;

/// <summary>What computes one channel of an activation: a polynomial of the degree that the value is, or the exact function.</summary>
public enum ActivationKind
{
    /// <summary>A number.</summary>
    Constant,

    /// <summary>c0 + c1 x.</summary>
    Linear,

    /// <summary>Degree 2.</summary>
    Square,

    /// <summary>Degree 3.</summary>
    Cubic,

    /// <summary>ReLU, or the clip that the model has.</summary>
    Exact,
}
